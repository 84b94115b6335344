import { InvalidRemoteModelError } from './remote.errors';

/** Where a server of the Open Inference Protocol listens. */
export interface EndpointAddress {
  readonly protocol: 'http' | 'grpc';
  /** Over TLS. */
  readonly secure: boolean;
  /** As it goes into a URL: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** Path before `/v2`, without a slash at its end; always empty for gRPC. */
  readonly basePath: string;
  /** For messages, and to tell endpoints apart. */
  readonly label: string;
}

const SCHEMES: Readonly<Record<string, Pick<EndpointAddress, 'protocol' | 'secure'> & { port: number }>> = {
  'http:': { protocol: 'http', secure: false, port: 8000 },
  'https:': { protocol: 'http', secure: true, port: 443 },
  'grpc:': { protocol: 'grpc', secure: false, port: 8001 },
  'grpcs:': { protocol: 'grpc', secure: true, port: 443 },
};

/**
 * Reads `http://host:8000`, `https://host/base`, `grpc://host:8001` or `grpcs://host`. A path may end in `/v2` or
 * not. Ports default to 8000 and 8001 as servers have them, 443 with TLS. Throws {@link InvalidRemoteModelError}.
 */
export function parseEndpoint(text: string): EndpointAddress {
  const refuse = (got: string): never => {
    throw new InvalidRemoteModelError({
      what: 'endpoint',
      expected: 'http://host:port, https://…, grpc://… or grpcs://…, without credentials',
      got,
    });
  };
  const scheme = SCHEMES[/^[a-z]+:(?=\/\/[^/])/.exec(text)?.[0] ?? ''];
  // Other schemes than those of the web are not split into host and port.
  const url = scheme && URL.parse(text.replace(/^[a-z]+/, 'http'));
  if (!scheme || !url) return refuse(`"${text.slice(0, 100).replace(/\/\/[^/]*@/, '//…@')}"`);
  if (url.username || url.password) return refuse('a URL with credentials');
  if (url.search || url.hash) return refuse('a URL with a query or fragment');
  const basePath = url.pathname.replace(/\/+$/, '').replace(/\/v2$/, '');
  if (basePath && scheme.protocol === 'grpc') return refuse(`gRPC with the path ${basePath.slice(0, 100)}`);
  const { protocol, secure } = scheme;
  // An http URL drops its default port, here the only sign of 80.
  const port = url.port ? Number(url.port) : /:80(?:\/|$)/.test(text) ? 80 : scheme.port;
  const label = `${protocol}${secure ? 's' : ''}://${url.hostname}:${port}${basePath}`;
  return { protocol, secure, host: url.hostname, port, basePath, label };
}
