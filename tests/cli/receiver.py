"""What webhooks are sent to in tests: on a free loopback port, and remembers all."""

import http.server
import json
import threading


class Receiver(http.server.ThreadingHTTPServer):
    """Takes events; `answer` says with which status."""

    daemon_threads = True

    def __init__(self, answer=lambda event: 200):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.requests = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    def ids(self):
        return [event["id"] for _, event, status in self.requests if status == 200]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = json.loads(body)
        status = self.server.answer(event)
        self.server.requests.append((dict(self.headers, body=body), event, status))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments):
        pass
