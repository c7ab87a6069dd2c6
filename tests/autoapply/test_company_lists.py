"""Lists of companies: two hundred pairs of names that are, or are not, one company, and the line that names it."""

from __future__ import annotations

import pytest

from autoapply.company_lists import find_line

SAME = """
Acme | ACME
Acme | acme
Acme | Acme GmbH
Acme | Acme Ltd
Acme | Acme Ltd.
Acme | Acme, Inc.
Acme | Acme Inc
Acme | Acme Incorporated
Acme | Acme Corp.
Acme | Acme Corporation
Acme | Acme Company
Acme | Acme Co.
Acme | Acme LLC
Acme | Acme L.L.C.
Acme | Acme LLP
Acme | Acme L.P.
Acme | Acme PLC
Acme | Acme AG
Acme | Acme SE
Acme | Acme KG
Acme | Acme GmbH & Co. KG
Acme | Acme KGaA
Acme | Acme e.V.
Acme | Acme e.K.
Acme | Acme UG
Acme | Acme OHG
Acme | Acme B.V.
Acme | Acme BV
Acme | Acme N.V.
Acme | Acme S.A.
Acme | Acme SA
Acme | Acme SAS
Acme | Acme S.A.S.
Acme | Acme SARL
Acme | Acme S.r.l.
Acme | Acme SpA
Acme | Acme S.p.A.
Acme | Acme S.L.
Acme | Acme S.A. de C.V.
Acme | Acme Lda
Acme | Acme Ltda.
Acme | Acme AB
Acme | Acme A/S
Acme | Acme AS
Acme | Acme ApS
Acme | Acme Oy
Acme | Acme Oyj
Acme | Acme s.r.o.
Acme | Acme Sp. z o.o.
Acme | Acme d.o.o.
Acme | Acme Kft.
Acme | Acme Zrt.
Acme | Acme EOOD
Acme | Acme Pty Ltd
Acme | Acme Pty. Ltd.
Acme | Acme Pte. Ltd.
Acme | Acme Pvt. Ltd.
Acme | Acme Private Limited
Acme | Acme Limited
Acme | Acme K.K.
Acme | Acme Bhd
Acme | Acme Sdn. Bhd.
Acme | The Acme Company
Acme | \t ACME \t
Acme | acme.com
Acme | www.acme.com
Acme | https://www.acme.com/
Acme | acme.io
Acme | acme.de
Müller | Muller
Müller GmbH | MÜLLER
Société Générale | Societe Generale S.A.
L’Oréal | L'Oreal
L'Oréal | LOREAL
Nestlé | Nestle S.A.
Łódź Tech | Lodz Tech Sp. z o.o.
Ørsted | Orsted A/S
Škoda Auto | Skoda Auto a.s.
Citroën | CITROEN
Weiß & Söhne | WEISS & SOHNE GmbH
Straße Eins | Strasse Eins
Procter & Gamble | Procter and Gamble
AT&T | AT & T Inc.
Johnson & Johnson | Johnson and Johnson, Inc.
Ben & Jerry's | Ben and Jerrys
McDonald's | McDonalds Corporation
Hewlett-Packard | Hewlett Packard
Coca-Cola | Coca Cola Company
Rolls-Royce | ROLLS ROYCE plc
Booking.com | Booking.com B.V.
Amazon.com, Inc. | Amazon
Salesforce.com | Salesforce, Inc.
Ｓｏｎｙ | Sony
株式会社メルカリ | 株式会社メルカリ
Ümlaut Öl | umlaut ol AG
Zalando SE | ZALANDO
Robert Bosch GmbH | Robert Bosch
Deutsche Bahn AG | Deutsche Bahn
Siemens Energy | Siemens Energy AG
Nordea Bank Abp | Nordea Bank
""".strip("\n").splitlines()

DIFFERENT = """
Meta | Metabase
Meta | Meta Platforms
Meta | Metacritic
Acme | Acme Robotics
Acme | Acme Metals
Acme | Acmes
Acme | Pacme
Acme | Ac Me
Acme | Acme Two
Apple | Applied Materials
Apple | Apple Bank
Apple | Pineapple
SAP | Sapient
SAP | SAP Fioneer
SAP | Asap
Cobalt | Balt
Square | Squarespace
Block | Blockchain
Block | H&R Block
Box | Dropbox
Box | Boxed
Stripe | Stripes
Uber | Ubermetrics
Uber | Kuber
Lyft | Lift
Intel | Intellia
Intel | Inteleos
Oracle | Miracle
Oracle | Oracle Red Bull Racing
Delta | Delta Dental
Delta | Deltatre
Delta | Delta Air Lines
Ford | Fordham
Ford | Bradford
Shell | Shelly
Shell | Nutshell
Visa | Advisa
Visa | Visalia
Gap | Gapminder
Target | Targetprocess
Best Buy | Best
Bosch | Bosch Rexroth
Bosch | Boschert
Siemens | Siemens Energy
Siemens | Siemens Healthineers
BMW | BMW Bank
Allianz | Allianz Technology
Deutsche Bank | Deutsche Bahn
Deutsche Bank | Deutsche
Bank of America | Bank of Africa
American Express | American Airlines
General Electric | General Motors
General Electric | General
United Airlines | United Health
United | United Airlines
First National | Second National
Smith & Co | Smith & Sons
Smith | Smyth
Müller | Mueller
Müller | Müllermilch
Schmidt | Schmitt
Meyer | Meier
Nestlé | Nest
Canon | Canonical
Canonical | Canonicals
Elastic | Plastic
Elastic | Elasticity
Snowflake | Snow
Snow | Snow Software
Palantir | Palantiri
Twitch | Twitchy
Zoom | ZoomInfo
Slack | Slackware
Notion | Notional
Linear | Nonlinear
Figma | Figment
Miro | Mirror
Monday | Monday.com Labs
Gitlab | Github
Red Hat | Redhat
Red Hat | Red
Blue Origin | Blue
Open Text | OpenTable
Open | OpenAI
OpenAI | Open AI Labs
Deep Mind | DeepL
Hugging Face | Hugging
Mistral | Mistral Wind
Ikea | Ikeas
Volvo Cars | Volvo Group
Volvo | Volvo Cars
Adidas | Adida
Puma | Pumas
Nike | Nikee
Reebok | Reebox
Lego | Legos
Nokia | Nokian Tyres
Ericsson | Erickson
Ubisoft | Ubisafe
C3 | C3 AI
7-Eleven | Eleven
3M | M
1Password | Password
""".strip("\n").splitlines()


@pytest.mark.parametrize("pair", SAME)
def test_one_company_in_two_spellings_is_on_the_list(pair: str) -> None:
    one, other = pair.split("|")

    assert find_line(one, ["Somebody else", other]) == 2
    assert find_line(other, ["Somebody else", one]) == 2


@pytest.mark.parametrize("pair", DIFFERENT)
def test_two_companies_are_told_apart(pair: str) -> None:
    one, other = pair.split("|")

    assert find_line(one, [other]) is None
    assert find_line(other, [one]) is None


def test_there_are_two_hundred_pairs() -> None:
    assert len(SAME) >= 100
    assert len(DIFFERENT) >= 100


def test_first_line_that_names_a_company_is_told() -> None:
    assert find_line("Acme", ["", "Globex", "acme inc.", "ACME"]) == 3


@pytest.mark.parametrize("nobody", ["", "  ", "!", "—"])
def test_employer_without_a_name_is_on_no_line(nobody: str) -> None:
    assert find_line(nobody, ["", "!", "—", "Acme"]) is None
