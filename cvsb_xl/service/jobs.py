"""Who checks what is handed in: a thread of the service itself, or worker processes beside it where there is PostgreSQL.

The database is the truth: an upload is in quarantine until its plan is kept. So a process that is killed loses nothing; what
it left is found again, by the thread's next round or by the worker's sweep.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, text

from cvsb_xl.service import logs
from cvsb_xl.service.database import reading, writing
from cvsb_xl.service.state import State
from cvsb_xl.service.uploads import give_up, settle, waiting

if TYPE_CHECKING:
    from procrastinate import App

_ROUND_SECONDS = 2.0
_SWEEP_SECONDS = 15.0
_AT_ONCE = 16
"""Uploads that one round reads together: the reading processes are started once for all of them."""
_TRIES = 3
_STALLED_SECONDS = 300
_LOCK = 0x6A6F6273
"""A number of our own for PostgreSQL's advisory locks: "jobs"."""


class Jobs(Protocol):
    """Whoever sees to uploads."""

    def announce(self, upload_id: str) -> None:
        """Say that an upload was kept. Where this is not heard, it is found a little later."""

    def stop(self) -> None:
        """End."""


class Embedded:
    """A thread that checks what is in quarantine, oldest first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._failed: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, name="cvsb-checks", daemon=True)
        self._thread.start()

    def announce(self, upload_id: str) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                busy = check_waiting(self._state, self._failed)
            except Exception as error:  # a database that is away for a moment must not end the thread
                logs.event("checking-failed", kind=type(error).__name__)
                busy = False
            if not busy:
                self._wake.wait(_ROUND_SECONDS)
                self._wake.clear()


def check_waiting(state: State, failed: Counter[str]) -> bool:
    """Check some of what is in quarantine; tell whether there may be more to do at once.

    Args:
        failed: how often the check of an upload has failed; after the third time it is given up, in words.
    """
    with reading(state.engine) as conn:
        ids = waiting(conn)[:_AT_ONCE]
    if not ids:
        return False
    for upload_id in settle(state, ids):
        failed[upload_id] += 1
        if failed[upload_id] >= _TRIES:
            give_up(state, upload_id)
    return not any(failed[upload_id] for upload_id in ids)


class Queue:
    """Procrastinate over the service's own PostgreSQL: the web processes put jobs in, workers do them."""

    def __init__(self, state: State) -> None:
        from procrastinate import SyncPsycopgConnector

        self._app = _app(state, SyncPsycopgConnector(conninfo=_conninfo(state.engine)))
        self._app.open()
        _apply_schema(state.engine, self._app)

    def announce(self, upload_id: str) -> None:
        from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

        # Not heard is not lost: the upload stands in quarantine, and the worker's sweep finds it.
        with contextlib.suppress(AlreadyEnqueued, ConnectorException):
            _defer(self._app, upload_id)

    def stop(self) -> None:
        self._app.close()


def jobs_for(state: State) -> Jobs:
    """Return who checks uploads: a thread of this process on SQLite, a queue for workers on PostgreSQL."""
    return Queue(state) if state.engine.dialect.name == "postgresql" else Embedded(state)


def work(state: State, stop: threading.Event | None = None) -> None:
    """Do jobs until the process is told to end (SIGTERM, Ctrl+C), or `stop` is set. For `cvsb serve --worker`."""
    asyncio.run(_work(state, stop))


async def _work(state: State, stop: threading.Event | None) -> None:
    from procrastinate import PsycopgConnector, SyncPsycopgConnector

    conninfo = _conninfo(state.engine)
    app = _app(state, PsycopgConnector(conninfo=conninfo))
    beside = _app(state, SyncPsycopgConnector(conninfo=conninfo))
    with beside.open():
        _apply_schema(state.engine, beside)
        async with app.open_async():
            sweeping = asyncio.create_task(_sweep(state, app))
            working = asyncio.create_task(
                app.run_worker_async(
                    concurrency=1,  # one job does many uploads; more workers do more
                    delete_jobs="always",
                    install_signal_handlers=stop is None,
                    fetch_job_polling_interval=5,
                )
            )
            try:
                if stop is None:
                    await working
                else:
                    await asyncio.to_thread(stop.wait)
            finally:
                for task in (sweeping, working):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task


async def _sweep(state: State, app: App) -> None:
    """Put in again what is in quarantine without a job, and take out jobs of workers that died."""
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.jobs import Status

    while True:
        try:
            for upload_id in await asyncio.to_thread(_waiting, state):
                with contextlib.suppress(AlreadyEnqueued):
                    await _task(app, upload_id).defer_async(upload_id=upload_id)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except Exception as error:  # the database may be away for a moment
            logs.event("sweeping-failed", kind=type(error).__name__)
        await asyncio.sleep(_SWEEP_SECONDS)


def _waiting(state: State) -> list[str]:
    with reading(state.engine) as conn:
        return waiting(conn)


def _app(state: State, connector: object) -> App:
    from procrastinate import App, RetryStrategy

    app = App(connector=connector)  # type: ignore[arg-type]

    @app.task(
        name="check-upload", queue="cvsb", retry=RetryStrategy(max_attempts=_TRIES, wait=5), pass_context=True
    )
    def check_upload(context: object, upload_id: str) -> None:
        with reading(state.engine) as conn:
            beside = [one for one in waiting(conn) if one != upload_id][: _AT_ONCE - 1]
        # Those that wait beside it are read by the same processes; their own jobs then find nothing left to do.
        if upload_id in settle(state, [upload_id, *beside]):
            if context.job.attempts + 1 >= _TRIES:  # type: ignore[attr-defined]
                give_up(state, upload_id)
                return
            raise RuntimeError("the check failed")

    return app


def _task(app: App, upload_id: str):  # type: ignore[no-untyped-def]
    return app.configure_task("check-upload", queue="cvsb", queueing_lock=upload_id)


def _defer(app: App, upload_id: str) -> None:
    _task(app, upload_id).defer(upload_id=upload_id)


def _apply_schema(engine: Engine, app: App) -> None:
    """Make Procrastinate's tables where there are none; several processes may start at once."""
    with writing(engine) as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if not app.check_connection():
            app.schema_manager.apply_schema()


def _conninfo(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
