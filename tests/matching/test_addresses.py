"""Web addresses are read strictly, and internet addresses judged by what they mean."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.addresses import MAX_URL, UnfitURL, is_outside, read_door, read_url

# Each means an address inside, or is read as one by some resolver, browser or library.
INSIDE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7F.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://127.0.0.0x1/",
    "http://00000177.0.0.1/",
    "http://127.000.000.001/",
    "http://127.0.0.1./",
    "http://127.255.255.254/",
    "http://0/",
    "http://0x/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://10.1.2.3/",
    "http://167837955/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://0300.0250.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://127｡0｡0｡1/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001::7f00:1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
]

# Read one way by one library and another way by the next.
MALFORMED = [
    "",
    "example.org",
    "//example.org/",
    "http:example.org",
    "http:/example.org",
    "http:///example.org",
    "http://",
    "http://:80/",
    "http://./",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "javascript://example.org/%0aalert(1)",
    "http+unix://example.org/",
    " http://example.org/",
    "http://example.org/ ",
    "http://exam ple.org/",
    "http://example.org/a b",
    "http://example.org/\t",
    "http://example.org/\r\nHost: inside",
    "http://example.org\n/",
    "http://exa\x00mple.org/",
    "http://example.org/\u200b",
    "http://exa\u00admple.org/",
    "http://example.org/\u00a0",
    "http://example.org/\ud800",
    "http://user@example.org/",
    "http://user:secret@example.org/",
    "http://example.org@127.0.0.1/",
    "http://example.org:80@127.0.0.1/",
    "http://127.0.0.1\\@example.org/",
    "http://example.org\\.inside/",
    "http:\\\\example.org/",
    "http://127.0.0.1%2f@example.org/",
    "http://%31%32%37.0.0.1/",
    "http://example.org%00.inside/",
    "http://[fe80::1%25eth0]/",
    "http://[::1/",
    "http://::1/",
    "http://[::1]x/",
    "http://[127.0.0.1]/",
    "http://[v1.x]/",
    "http://example..org/",
    "http://-example.org/",
    "http://exam!ple.org/",
    "http://example.org:0/",
    "http://example.org:/",
    "http://example.org:65536/",
    "http://example.org:080080/",
    "http://example.org:8O/",
    "http://example.org:٨٠/",
    "http://example.org:22/",
    "http://example.org:6379/",
    f"http://{'a' * 64}.org/",
    f"http://{'.'.join(['a' * 60] * 5)}.org/",
    f"http://{'ü' * 4_000}.org/",
    "http://example.org/" + "a" * MAX_URL,
]

OUTSIDE = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"]


def usual_check_lets_in(url: str) -> bool:
    """What is usually written against this: the name is not localhost, and no number that Python calls private."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host != "localhost"
    return not (address.is_private or address.is_loopback or address.is_link_local)


@pytest.mark.parametrize("url", INSIDE, ids=ascii)
def test_address_inside_is_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(UnfitURL) as raised:
        read_url(url)

    assert raised.value.fault == "refused_address"


def test_control_the_usual_check_lets_many_of_them_in() -> None:
    assert len(INSIDE) >= 47
    assert sum(map(usual_check_lets_in, INSIDE)) >= 19


@pytest.mark.parametrize("url", MALFORMED, ids=lambda url: ascii(url)[:40])
def test_ambiguous_address_is_refused(url: str) -> None:
    with pytest.raises(UnfitURL) as raised:
        read_url(url)

    assert raised.value.fault == "refused_url"


@pytest.mark.parametrize("text", OUTSIDE)
def test_public_address_is_outside(text: str) -> None:
    host = f"[{text}]" if ":" in text else text

    assert is_outside(ip_address(text))
    assert read_url(f"https://{host}/").address == ip_address(text)


@given(st.ip_addresses(v=4))
def test_nothing_that_python_calls_private_is_outside(address: object) -> None:
    judged = ip_address(str(address))

    assert not (is_outside(judged) and (judged.is_private or judged.is_multicast or judged.is_reserved))


@given(st.ip_addresses(v=6))
def test_only_the_global_block_of_ipv6_is_outside(address: object) -> None:
    judged = ip_address(str(address))

    assert judged in ip_network("2000::/3") or not is_outside(judged)


@given(st.ip_addresses(v=4))
def test_wrapped_address_is_never_outside(address: object) -> None:
    number = int(ip_address(str(address)))
    wrapped = [int(IPv6Address(prefix)) + number for prefix in ("::", "::ffff:0:0", "64:ff9b::", "2001::")]

    assert not any(is_outside(IPv6Address(each)) for each in (*wrapped, (0x2002 << 112) + (number << 80)))


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "header"),
    [
        ("https://jobs.example.org", "jobs.example.org", 443, "/", "jobs.example.org"),
        ("HTTPS://Jobs.Example.ORG/A?b=C#d", "jobs.example.org", 443, "/A?b=C", "jobs.example.org"),
        ("http://example.org?q=1", "example.org", 80, "/?q=1", "example.org"),
        ("https://example.org./x", "example.org", 443, "/x", "example.org"),
        ("http://example.org:443/", "example.org", 443, "/", "example.org:443"),
        ("https://example.org:0443/", "example.org", 443, "/", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ("https://FAß.example/", "xn--fa-hia.example", 443, "/", "xn--fa-hia.example"),
        ("https://my_board.example.org/", "my_board.example.org", 443, "/", "my_board.example.org"),
        ("https://example.org/köln?q=ü", "example.org", 443, "/k%C3%B6ln?q=%C3%BC", "example.org"),
        ("https://example.org/a%2Fb?x=%20", "example.org", 443, "/a%2Fb?x=%20", "example.org"),
        ("https://[2606:4700:4700:0::1111]/", "2606:4700:4700::1111", 443, "/", "[2606:4700:4700::1111]"),
    ],
)
def test_parts_of_an_address_are_read(url: str, host: str, port: int, target: str, header: str) -> None:
    place = read_url(url)

    assert (place.host, place.port, place.target, place.host_header) == (host, port, target, header)


def test_longest_address_is_read() -> None:
    url = "http://example.org/"

    assert len(read_url(url.ljust(MAX_URL, "a")).target) == MAX_URL - len(url) + 1


@pytest.mark.parametrize(
    ("url", "door"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://[0:0::1]:8080/", "[::1]:8080"),
        ("https://jobs.internal:8443/", "jobs.internal:8443"),
        ("https://JOBS.internal/", "Jobs.Internal:443"),
    ],
)
def test_allowance_lifts_port_and_address(url: str, door: str) -> None:
    assert read_url(url, allowed={read_door(door)}).door == read_door(door)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8080/",
        "http://127.0.0.1.nip.example:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://2130706433:8080/",
        "http://x@127.0.0.1:8080/",
    ],
)
def test_allowance_is_for_exactly_one_door(url: str) -> None:
    with pytest.raises(UnfitURL):
        read_url(url, allowed={"127.0.0.1:8080"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs.internal",
        "jobs.internal:",
        ":80",
        "http://jobs.internal:80",
        "a:0",
        "a:70000",
        "a b:80",
        "*:80",
    ],
)
def test_what_is_no_door_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="refused"):
        read_door(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}", f"http://{text}/"):
        try:
            place = read_url(url)
        except UnfitURL:
            continue
        assert place.target.isascii()
        assert place.target.isprintable()
        assert " " not in place.target + place.host
        assert place.address is None or is_outside(place.address)
        assert read_url(f"{place.scheme}://{place.host_header}{place.target}") == place


def test_refusal_quotes_nothing_of_the_address() -> None:
    with pytest.raises(UnfitURL) as raised:
        read_url("https://user:hush@example.org/?key=hush")

    assert "hush" not in str(raised.value) + repr(raised.value)
