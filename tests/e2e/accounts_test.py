#!/usr/bin/env python3
"""What strangers can do to those who have an account, seen from outside."""
import json
import socket
import time
import unittest

from server import Server

FLOOD = 40


class Accounts(unittest.TestCase):
    def test_sign_ins_whose_clients_have_left_keep_nobody_waiting(self):
        with Server() as server:
            server.create_owner()
            flood = []
            for i in range(FLOOD):
                body = json.dumps({"email": f"somebody{i}@example.com", "password": "guess guess guess"})
                client = socket.create_connection(("127.0.0.1", server.port))
                client.sendall(f"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
                flood.append(client)
            # A session is renewed although sign-ins wait for their turn.
            waiting = server.metric("hitkeep_worker_queue", pool="sign_in")
            self.assertEqual(server.request("POST", "/api/auth/session/extend").status, 200)
            self.assertGreater(server.metric("hitkeep_worker_queue", pool="sign_in"), 0, f"{waiting} waited before")
            for client in flood:
                client.close()
            while server.metric("hitkeep_worker_queue", pool="sign_in") > 0:
                time.sleep(0.02)
            server.log_in()
            checked = server.metric("hitkeep_sign_ins_total", result="wrong")
            self.assertLess(checked, FLOOD / 2, "the rest was dropped when its turn came")


if __name__ == "__main__":
    unittest.main()
