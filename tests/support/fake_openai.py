"""A server that speaks OpenAI's protocol, as well or as badly as a test wants."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from debugarena.benchmark.models.openai_model import Endpoint, OpenAIModel

Answer = tuple[int, dict[str, str], bytes]
Behaviour = Callable[[int, str, dict[str, Any]], Answer]  # number of the call, path, body


def chat(text: str | None, finish_reason: str = "stop") -> Answer:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": finish_reason, "message": message}
    return as_json({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})


def as_json(record: dict[str, Any], status: int = 200) -> Answer:
    # a server may ask for a short pause; without it the package waits half a second and more
    return status, {"content-type": "application/json", "retry-after-ms": "1"}, json.dumps(record).encode()


FAILED = as_json({"error": {"message": "overloaded"}}, 500)


class Server:
    """An OpenAI-compatible server in a thread. `behaviour` decides each answer; `calls` keeps what was asked."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = lambda n, path, body: chat("hello")
        self.calls: list[tuple[str, dict[str, Any], str]] = []
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with lock:
                    server.calls.append((self.path, body, self.headers["authorization"]))
                    n = len(server.calls)
                status, headers, data = server.behaviour(n, self.path, body)
                try:
                    self.send_response(status)
                    for name, value in {**headers, "content-length": str(len(data))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client gave up, as a test of timeouts wants

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def model(self, **options: Any) -> OpenAIModel:
        return OpenAIModel(self.url, "m", Endpoint(**({"max_retries": 2, "timeout_s": 20.0} | options)))
