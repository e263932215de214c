"""Runs untrusted code: code + call inputs + limits -> Execution, a record of what happened, without judgement."""

from debugarena.benchmark.sandbox.engine import Sandbox
from debugarena.benchmark.sandbox.interface import Call, CallOutcome, Execution, Job, Limits, TestInput, TestRun

__all__ = ["Call", "CallOutcome", "Execution", "Job", "Limits", "Sandbox", "TestInput", "TestRun"]
