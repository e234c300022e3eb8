"""A debugger that stands at a breakpoint, in the kernel, while the server is restarted."""

from itertools import count

CELL = 'a = 1\nprint("before", a)\na += 1\nprint("after", a)'
BREAKPOINT_LINE = 3


class Debugger:
    """As much of JupyterLab's debugger as is needed: the Debug Adapter Protocol over the control channel."""

    def __init__(self, client):
        self.client = client
        self.numbers = count(1)

    def ask(self, command, **arguments):
        """Send a request without waiting for what comes of it."""
        request = {"type": "request", "seq": next(self.numbers), "command": command, "arguments": arguments}
        return self.client.send("debug_request", request, channel="control")

    def call(self, command, **arguments):
        asked = self.ask(command, **arguments)
        reply = self.client.until(
            lambda m: m["header"]["msg_type"] == "debug_reply" and m["parent_header"]["msg_id"] == asked
        )
        assert reply["content"]["success"], reply["content"]
        return reply["content"].get("body")

    def event(self, name):
        return self.client.until(lambda m: m["header"]["msg_type"] == "debug_event" and m["content"]["event"] == name)

    def attach(self):
        self.call("initialize", clientID="test", adapterID="", linesStartAt1=True, columnsStartAt1=True)
        # Its reply comes after configurationDone.
        self.ask("attach")
        self.event("initialized")


def test_a_cell_at_a_breakpoint_can_be_looked_into_and_goes_on_after_a_restart(start):
    server = start()
    client = server.connect(server.start_kernel())
    client.run("pass")
    debugger = Debugger(client)
    debugger.attach()
    source = {"path": debugger.call("dumpCell", code=CELL)["sourcePath"]}
    debugger.call("setBreakpoints", source=source, breakpoints=[{"line": BREAKPOINT_LINE}], sourceModified=False)
    debugger.call("configurationDone")
    cell = client.execute(CELL)
    thread = debugger.event("stopped")["content"]["body"]["threadId"]

    server.restart(warm=True)

    frames = debugger.call("stackTrace", threadId=thread)["stackFrames"]
    assert frames[0]["line"] == BREAKPOINT_LINE
    assert debugger.call("evaluate", expression="a", frameId=frames[0]["id"])["result"] == "1"
    debugger.call("continue", threadId=thread)
    client.idle_after(cell)
    assert (client.printed(cell), client.reply_to(cell)["content"]["status"]) == ("before 1\nafter 2\n", "ok")
