/** Where a request goes. */
export interface Route<T> {
  readonly method: string;
  /** `/orders/{id}`. */
  readonly path: string;
  readonly to: T;
}

export type Found<T> =
  | { readonly is: "found"; readonly to: T; readonly params: ReadonlyMap<string, string> }
  /** Others methods are taken at this path. */
  | { readonly is: "method"; readonly allow: readonly string[] }
  | { readonly is: "nothing" };

/** What a path and another one with other names for its fields have in common. */
export const pattern = ({ method, path }: Pick<Route<unknown>, "method" | "path">): string => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`;

/** Of several paths that fit, the one with the most words from its begin on. */
export function findRoute<T>(routes: readonly Route<T>[], method: string, path: string): Found<T> {
  const segments = decoded(path);
  const fitting = routes.flatMap((route) => {
    const params = segments === null ? null : fit(split(route.path), segments);
    return params === null ? [] : [{ route, params }];
  });
  const own = fitting.filter(({ route }) => route.method === method).sort((a, b) => (rank(a.route.path) < rank(b.route.path) ? -1 : 1));
  const [first] = own;
  if (first !== undefined) return { is: "found", to: first.route.to, params: first.params };
  return fitting.length === 0 ? { is: "nothing" } : { is: "method", allow: [...new Set(fitting.map(({ route }) => route.method))].sort() };
}

const split = (path: string): readonly string[] => (path === "/" ? [] : path.slice(1).split("/"));

/** Null for a path that is no text. */
function decoded(path: string): readonly string[] | null {
  try {
    return split(path).map(decodeURIComponent);
  } catch {
    return null;
  }
}

function fit(wanted: readonly string[], segments: readonly string[]): ReadonlyMap<string, string> | null {
  if (wanted.length !== segments.length) return null;
  const params = new Map<string, string>();
  for (const [index, word] of wanted.entries()) {
    const segment = segments[index] ?? "";
    if (word.startsWith("{")) {
      if (segment === "") return null;
      params.set(word.slice(1, -1), segment);
    } else if (word !== segment) return null;
  }
  return params;
}

/** Words before fields. */
const rank = (path: string): string => split(path).map((word) => (word.startsWith("{") ? "1" : "0")).join("");
