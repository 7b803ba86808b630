import { useId, type ReactNode } from "react";

/** A part of the page, with an address of its own: `/about#<id>`. */
export function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section id={id} className="card about-part" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

/** Terms and what they mean; each term has an address of its own too. */
export function Terms({ terms }: { terms: readonly { id: string; term: string; meaning: ReactNode }[] }) {
  return (
    <dl className="about-terms">
      {terms.map(({ id, term, meaning }) => (
        <div key={id} id={id}>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
