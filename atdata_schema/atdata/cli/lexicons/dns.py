"""`atdata-gen check-dns`: whether the domains of the project's lexicons name the account that publishes them."""

from __future__ import annotations

from atdata.atmosphere.lexicons.comparing import groups_of
from atdata.cli.lexicons.asking import account, command, lexicons_of, network, parser
from atdata.cli.output import print_json, print_lines
from atdata.errors import IdentityError
from atdata_schema.syntax import check

__all__ = ["check_dns"]


@command
def check_dns(argv: list[str]) -> int:
    """Say of each group what its TXT record is, and what it should be; 1 where one is not so.

    Raises:
        AtdataError: DNS does not answer, or nobody is logged in and no DID is given.
    """
    made = parser(
        "check-dns", "Check that the domains of the lexicons name the account that publishes them."
    )
    made.add_argument("--did", help="the account; the one that is logged in without it")
    made.add_argument("--handle", help="which of the accounts that are logged in")
    arguments = made.parse_args(argv)
    groups = groups_of(list(lexicons_of(arguments).own))
    did = check("did", arguments.did) if arguments.did else account(arguments).did
    reader = network()
    rows: list[dict[str, str | None]] = []
    for group, record in groups.items():
        fault = None
        found: str | None = None
        try:
            found = reader.owner(f"{group}.any")
        except IdentityError as error:
            fault = str(error)
        rows.append({"group": group, "record": record, "did": found, "fault": fault})
    if arguments.json:
        print_json({"did": did, "groups": rows})
    else:
        for row in rows:
            print_lines(_line(row, str(did)))
    return 0 if all(row["did"] == did for row in rows) else 1


def _line(row: dict[str, str | None], did: str) -> str:
    if row["did"] == did:
        return f"good     {row['group']}.*"
    wanted = f'{row["record"]}. TXT "did={did}"'
    if row["fault"] is not None:
        return f"wrong    {row['group']}.*: {row['fault']}\n         it should be  {wanted}"
    if row["did"] is None:
        return f"missing  {row['group']}.*\n         add  {wanted}"
    return f"wrong    {row['group']}.* names {row['did']}\n         it should be  {wanted}"
