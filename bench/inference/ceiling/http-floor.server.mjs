/**
 * The least a server can do with an upload: read it into one piece and answer with as much text as a prediction
 * has. It neither parses the form nor keeps anything, and each connection reads into the same memory again; its
 * CPU time is the floor that HTTP itself sets.
 */
import { createServer } from 'node:http';

const ANSWER = JSON.stringify({ predictions: 'x'.repeat(1000) });

const memory = new WeakMap();

/** Room for `length` bytes that belongs to a connection. */
function roomOf(socket, length) {
  const present = memory.get(socket);
  if (present?.length >= length) return present;
  const room = Buffer.allocUnsafeSlow(length);
  memory.set(socket, room);
  return room;
}

const server = createServer((request, response) => {
  const room = roomOf(request.socket, Number(request.headers['content-length']));
  let at = 0;
  request.on('data', (chunk) => (at += chunk.copy(room, at)));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
    response.end(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.once('SIGTERM', () => process.exit(0));
