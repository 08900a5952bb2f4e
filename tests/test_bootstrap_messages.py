"""What installers print when they fail becomes one sentence with its remedy."""

import io

import pytest

from rnncourse.bootstrap.installer import brief
from rnncourse.bootstrap.problems import Problem, explain, file_errors_told
from rnncourse.bootstrap.ticker import Ticker

REFUSED = """WARNING: Retrying after connection broken by 'NewConnectionError('...: \
[Errno -2] Name or service not known')': /simple/numpy/
ERROR: Could not find a version that satisfies the requirement numpy==2.4.6 (from versions: none)
ERROR: No matching distribution found for numpy==2.4.6"""


@pytest.mark.parametrize(
    "output, wanted",
    [
        (REFUSED, "cannot be reached: connect to the internet"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
         "The disk is full: free about 3 GB on the disk that holds here"),
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "No build of torch==2.13.0"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "computer's date"),
        ("OSError: [Errno 13] Permission denied: 'x'", "here may not be written"),
    ],
)  # fmt: skip
def test_a_known_failure_is_one_sentence(output, wanted):
    told = str(explain(output, "here"))
    assert wanted in told
    assert "\n" not in told


def test_an_unknown_failure_is_not_guessed():
    assert explain("something else", "here") is None


def test_a_folder_that_may_not_be_written_is_a_problem():
    with pytest.raises(Problem, match="f.txt may not be written"), file_errors_told("here", "1 GB"):
        raise PermissionError(13, "Permission denied", "f.txt")
    with pytest.raises(IndexError), file_errors_told("here", "1 GB"):
        raise IndexError


def test_the_line_says_how_many_what_and_how_long():
    stream = io.StringIO()
    ticker = Ticker(112, stream, every=0.0)
    ticker.show(37, "Downloading torch-2.13.0 (80.1 MB)", "downloaded")
    assert stream.getvalue() == (
        "0:00   37 of 112 packages downloaded  Downloading torch-2.13.0 (80.1 MB)\n"
    )


def test_a_log_is_not_flooded():
    stream = io.StringIO()
    ticker = Ticker(500, stream)
    for done in range(500):
        ticker.show(done)
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "line, wanted",
    [
        ("  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (190.4 MB)\n",
         "Downloading torch-2.13.0 (190.4 MB)"),
        ("Collecting anyio==4.16.0 (from rnncourse)\n", "Collecting anyio==4.16.0"),
        ("WARNING: whatever\n", None),
    ],
)  # fmt: skip
def test_pip_is_quoted_briefly(line, wanted):
    assert brief(line) == wanted
