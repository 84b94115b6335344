/** Where a model version comes from, as its URI says. */
export type ModelSource =
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }
  | { readonly kind: 'logged-model'; readonly id: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: number }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }
  | { readonly kind: 'location'; readonly uri: string };

/**
 * Reads the URI of a model: `runs:/<run>/<path>`, `models:/m-<id>`, `models:/<name>/<version>`,
 * `models:/<name>@<alias>`, or anything else, which is where its files are.
 */
export function parseModelSource(uri: string): ModelSource {
  const run = /^runs:\/+([^/]+)\/(.+)$/.exec(uri);
  if (run) return { kind: 'run', runId: run[1], path: run[2].replace(/\/+$/, '') };
  const logged = /^models:\/+(m-[^/@]+)\/?$/.exec(uri);
  if (logged) return { kind: 'logged-model', id: logged[1] };
  const version = /^models:\/+([^/@]+)\/([1-9]\d{0,8})\/?$/.exec(uri);
  if (version) return { kind: 'version', name: decoded(version[1]), version: Number(version[2]) };
  const alias = /^models:\/+([^/@]+)@([^/]+)\/?$/.exec(uri);
  if (alias) return { kind: 'alias', name: decoded(alias[1]), alias: alias[2] };
  return { kind: 'location', uri };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
