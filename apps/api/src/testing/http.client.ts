/** A form with files in it, as a client sends it. */
export function form(field: string, ...files: (Uint8Array | string)[]): FormData {
  const body = new FormData();
  files.forEach((file, index) =>
    body.append(field, new Blob([file as Uint8Array<ArrayBuffer>]), `file-${index}`),
  );
  return body;
}

/** Status and parsed body of an answer. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Sends a request and reads the JSON answer. */
export async function call<T>(url: string, init?: RequestInit): Promise<Answer<T>> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

/** Sends a form by POST. */
export function post<T>(url: string, body: FormData): Promise<Answer<T>> {
  return call<T>(url, { method: 'POST', body });
}

/** Sends JSON by PUT. */
export function put<T>(url: string, body: unknown): Promise<Answer<T>> {
  return call<T>(url, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
}
