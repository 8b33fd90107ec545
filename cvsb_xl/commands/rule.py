"""cvsb rule: explain one rule, or list them all."""

from __future__ import annotations

import click

from cvsb_xl.commands.common import format_option, print_json
from cvsb_xl.errors import CannotDo
from cvsb_xl.outputs.rule_text import rule_json, rule_list
from cvsb_xl.rules.registry import rules


@click.command("rule")
@click.argument("code", required=False)
@format_option("text", "json")
def command(code: str | None, output_format: str) -> None:
    """Explain the rule CODE: what it does, why, an example, and how to settle it. Without CODE, list every rule.

    CODE may be a rule's name (vague-wording) or the beginning of codes (S1).
    """
    found = list(rules().values())
    if code:
        wanted = code.strip().upper()
        named = [rule for rule in found if wanted in (rule.code, rule.name.upper())]
        found = named or [rule for rule in found if rule.code.startswith(wanted)]
        if not found:
            raise CannotDo(f"{code} is no rule. cvsb rule lists every rule with its code.")
    if output_format == "json":
        print_json([rule_json(rule) for rule in found])
    elif len(found) == 1:
        click.echo(found[0].page.rstrip())
    else:
        for line in rule_list(found):
            click.echo(line)
