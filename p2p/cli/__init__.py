"""The command line: p2p run | clear | grid | list | report | bench."""

from __future__ import annotations

import signal
import sys
from _thread import interrupt_main
from collections.abc import Sequence
from threading import Timer
from typing import Any

STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0 done, 2 wrong input, 3 run failed, 130 stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what is half-written is taken away
    sys.unraisablehook = _come_again
    sys.exit(code_of(sys.argv[1:] if arguments is None else arguments))


def code_of(arguments: Sequence[str]) -> int:
    """The exit code of a command line, its messages printed."""
    from typer.exceptions import Abort, TyperException

    from p2p.base.errors import InputError, P2PError
    from p2p.cli.app import app

    try:
        result = app(args=list(arguments), standalone_mode=False, prog_name="p2p")
    except InputError as error:
        faults = len(error.faults)
        print(f"p2p: {'the input is' if faults == 1 else f'{faults} things are'} wrong", file=sys.stderr)
        for fault in error.faults:
            print(f"  {fault}", file=sys.stderr)
        print(*(f"  {note}\n" for note in getattr(error, "__notes__", ())), sep="", end="", file=sys.stderr)
        return error.exit_code
    except P2PError as error:
        print(f"p2p: the run failed: {error}", *getattr(error, "__notes__", ()), sep="\n  ", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _stopped()
    except SystemError as error:  # how an interrupt inside a compiled kernel may surface
        if not isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise
        return _stopped()
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        sys.stderr.close()
        return 0
    except Abort:
        return _stopped()
    except TyperException as error:  # a wrong option or argument
        show = getattr(error, "show", None)
        show() if show else print(f"p2p: {error}", file=sys.stderr)
        return 2
    if result == STOPPED:  # what typer makes of Ctrl-C
        return _stopped()
    return result if isinstance(result, int) else 0


def _stopped() -> int:
    print("p2p: stopped; nothing was left half-written", file=sys.stderr)
    return STOPPED


def _come_again(unraisable: Any) -> None:
    """An interrupt that fell into a callback from C, where it is lost, such as LLVM's, comes again a moment later."""
    if unraisable.exc_type is KeyboardInterrupt:
        Timer(0.05, interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)
