import { applicationBase } from './client';
import type { Prediction } from './prediction';
import { problemFromBody, ProblemError, unreachable } from './problem';

export interface UploadEvents {
  /** 0..1 while bytes leave this computer. */
  onProgress(fraction: number): void;
  /** All bytes are with the server; the model is reading. */
  onSent(): void;
}

/** Sends one file to be read. `fetch` cannot report upload progress, so this is an XMLHttpRequest. */
export function uploadStudy(file: File, events: UploadEvents): Promise<Prediction> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${applicationBase}/api/v1/predictions`);
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) events.onProgress(loaded / total);
    };
    request.upload.onload = () => events.onSent();
    request.onerror = () => reject(new ProblemError(unreachable()));
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status === 201 || request.status === 200) resolve(body as Prediction);
      else reject(new ProblemError(problemFromBody(request.status, body)));
    };
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
