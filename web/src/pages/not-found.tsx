import { Link } from "wouter";
import { Nothing } from "../parts/states";

export function NotFound() {
  return (
    <Nothing title="There is no such page">
      <p>
        The address may be mistyped. <Link href="/">Explore pay</Link> is where most begin.
      </p>
    </Nothing>
  );
}
