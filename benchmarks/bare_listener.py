"""A listener that acknowledges whatever comes and does nothing with it: the floor of what a listener costs."""

from __future__ import annotations

import asyncio
import sys

from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

LONGEST = 2_000_000  # bytes of a message
ANSWER = b"MSH|^~\\&|A|B|C|D|20260302060000||ACK|1|P|2.5.1\rMSA|AA|1\r"


async def _connected(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
    try:
        while True:
            await reader.readblock()
            writer.writeblock(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _listen(port: int) -> None:
    server = await start_hl7_server(_connected, "127.0.0.1", port, limit=LONGEST)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_listen(int(sys.argv[sys.argv.index("--port") + 1])))
