"""``python3 -m rnncourse``: one clear sentence if this Python is too old, then the commands."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  an older Python must get this far to be told
    sys.exit(
        "rnncourse needs Python 3.11 or newer and this is Python %d.%d (%s).\n"  # noqa: UP031
        "Install a newer Python and run the same command with it, for example: "
        "python3.13 -m rnncourse lab" % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from rnncourse.cli import main  # noqa: E402

sys.exit(main())
