import { Link } from "wouter";

export function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        The address may be mistyped. <Link href="/">Explore pay</Link> is where most begin.
      </p>
    </>
  );
}
