"""The other side of every application: boards over HTTP and mail over SMTP, on the loopback, that count what arrived."""
