import { FastifyInstance } from 'fastify';
import { Socket } from 'node:net';

/**
 * Lets a server end when it is told to, although clients keep connections for later. Idle ones are Fastify's to
 * close (`forceCloseConnections: 'idle'`); here it is those that it leaves alone:
 * one that is busy when the server begins to close would stay open, idle, after its answer until the client lets go
 * of it, so the answer itself tells the client to; and one that a client opened in advance and has not used counts
 * as busy, for a minute.
 */
export function closeConnectionsWhenStopping(server: FastifyInstance): void {
  const connections = new Set<Socket>();
  let stopping = false;
  server.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.addHook('preClose', async () => {
    stopping = true;
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  });
  server.addHook('onSend', async (_request, reply) => {
    if (stopping) void reply.header('Connection', 'close');
  });
}
