/** The path under which the service is served, such as /pay, as seen from its scripts in /pay/assets; empty at the root. */
export const BASE = import.meta.env.PROD ? folderAbove(import.meta.url) : "";

/** The address of a path of the service: /pay/graphql of /graphql. */
export function addressOf(path: string): string {
  return `${BASE}${path}`;
}

function folderAbove(script: string): string {
  return new URL("..", script).pathname.replace(/\/$/, "");
}
