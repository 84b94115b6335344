/** Ways the operating system says that nobody answers. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/** PostgreSQL, appendix A: class 08 is connection trouble, 57P01 to 57P03 a server that stops or starts. */
const sqlStates = /^(08...|57P0[123])$/;

/** What node-postgres says without a code. */
const messages =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/;

/**
 * Whether an error means that the database cannot be reached now, as opposed to having refused a query.
 * TypeORM keeps the driver's error in `driverError`.
 */
export function isDatabaseOutOfReach(error: unknown): boolean {
  const { driverError = error } = (error ?? {}) as { driverError?: unknown };
  if (!(driverError instanceof Error)) return false;
  const { code = '', syscall } = driverError as { code?: string; syscall?: string };
  if (sqlStates.test(code) || messages.test(driverError.message)) return true;
  return networkCodes.has(code) && (syscall === 'connect' || syscall === 'read' || syscall === 'write');
}
