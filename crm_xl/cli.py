"""The command line `crm-xl`: a thin layer that turns arguments into calls, and exceptions into words.

Help and messages follow CRM_XL_LANG (en or zh), else the language of the system. Exit codes: 0 when all is well, 1 when
a workbook has a problem or cannot be read, 2 when the command was typed wrongly. Heavy things are imported late.
"""

import sys
from collections.abc import Sequence

import click

from crm_xl.commands import cli
from crm_xl.commands.guard import keep_limits, typed
from crm_xl.console import LANGUAGE, say, tell, usage_fault


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every expected fault becomes one line of words and an exit code."""
    from crm_xl.errors import CrmError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows consoles may be set to a code page
    try:
        keep_limits()
        code = cli.main(arguments, prog_name="crm-xl", standalone_mode=False, obj=typed(arguments))
    except click.exceptions.NoArgsIsHelpError as help_page:
        tell(help_page.format_message())
        code = 2
    except click.UsageError as fault:
        command = fault.ctx.info_name if fault.ctx and fault.ctx.parent else ""
        text = say("cli_bad_usage", text=usage_fault(fault), command=command or "").replace("  ", " ")
        tell(say("cli_error", text=text), err=True)
        code = 2
    except click.ClickException as fault:
        tell(say("cli_error", text=fault.format_message()), err=True)
        code = 1
    except CrmError as fault:
        tell(say("cli_error", text=fault.text(LANGUAGE)), err=True)
        code = 1
    except OSError as fault:
        from crm_xl.xlsx.package import system_reason

        text = system_reason(fault).text(LANGUAGE)
        if fault.filename:
            text = say("collect_labelled", label=str(fault.filename), text=text)
        tell(say("cli_error", text=text), err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        code = 130
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
