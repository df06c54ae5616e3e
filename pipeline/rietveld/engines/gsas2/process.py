"""A process that stays open: a line of JSON in, a line out, everything else it prints in a log; a job that takes too long ends it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LOG_LINES = 8


class TookTooLong(Exception):  # noqa: N818 (an answer to a job)
    """A job that did not end in its time."""


class Died(Exception):  # noqa: N818 (an answer to a job)
    """A process that ended in the middle of a job; the text holds the last lines of its log."""


class LineProcess:
    """Starts with the first job, and again with the first one after it was ended."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command, self._environment, self._log = list(command), dict(environment), log
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask(self, question: str, limit_s: float) -> Any:
        """Send a line and wait for the answer.

        Args:
            question: JSON in one line.
            limit_s: longest wait in seconds.

        Raises:
            TookTooLong: no answer in time; the process and its children are ended.
            Died: the process ended, or answered what is no JSON.
        """
        process = self._started()
        assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=limit_s)
        except queue.Empty:
            self.close()
            raise TookTooLong(f"no answer within {limit_s:g} s") from None
        except OSError:  # a pipe that nobody reads any more
            line = None
        if line is None:
            code = process.wait()
            self.close()
            raise Died(f"it ended with code {code}. {self._last_words()}".rstrip())
        try:
            return json.loads(line)
        except ValueError:
            self.close()
            raise Died(f"it answered no JSON: {line[:200]!r}") from None

    def close(self) -> None:
        """End the process and its children."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it was already gone
                process.stdin.close()
        try:
            process.wait(timeout=0.5 if process.poll() is None else 0)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 (the interpreter that was found, our own script)
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=self._environment,
                cwd=self._log.parent,
                start_new_session=True,
            )
        self._answers = queue.SimpleQueue()
        threading.Thread(
            target=_forward, args=(self._process.stdout, self._answers), daemon=True
        ).start()
        return self._process

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = " | ".join(line.strip() for line in lines[-LOG_LINES:] if line.strip())
        return f"Its last words: {said}" if said else ""


def _forward(pipe: IO[str] | None, answers: queue.SimpleQueue[str | None]) -> None:
    for line in pipe or ():
        answers.put(line)
    answers.put(None)
    if pipe is not None:
        pipe.close()


def _kill(process: subprocess.Popen[str]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):  # it went by itself
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
