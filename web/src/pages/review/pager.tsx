/** Cursors that the pages so far began behind, the last one shown; the first page begins behind none. */
export type Pages = readonly (string | null)[];

/** The ways to the page before and to the one behind the cursor `next`. */
export function Pager({ pages, next, turn }: { pages: Pages; next: string | null; turn: (to: Pages) => void }) {
  if (pages.length < 2 && !next) return null;
  return (
    <nav className="row" aria-label="Pages of the queue">
      {pages.length > 1 && (
        <button type="button" className="button" onClick={() => turn(pages.slice(0, -1))}>
          Earlier page
        </button>
      )}
      {next && (
        <button type="button" className="button" onClick={() => turn([...pages, next])}>
          Next page
        </button>
      )}
    </nav>
  );
}
