"""Runs untrusted code: code + call inputs + limits -> Execution, a record of what happened, without judgement."""

from debugarena.benchmark.sandbox.interface import Call, CallOutcome, Execution, Job, Limits, TestInput, TestRun
from debugarena.benchmark.sandbox.sandbox import JAIL_STEPS, Sandbox

__all__ = ["JAIL_STEPS", "Call", "CallOutcome", "Execution", "Job", "Limits", "Sandbox", "TestInput", "TestRun"]
