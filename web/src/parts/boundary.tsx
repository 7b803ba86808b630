import { Component, type ReactNode } from "react";
import { Failure } from "./states";

/** Shows what went wrong in a page, and leaves the rest of the window as it is. */
export class Boundary extends Component<{ children: ReactNode }, { failed: Error | null }> {
  override state: { failed: Error | null } = { failed: null };

  static getDerivedStateFromError(failed: Error) {
    return { failed };
  }

  override render() {
    const { failed } = this.state;
    if (!failed) return this.props.children;
    return <Failure message={`This page could not be shown: ${failed.message}`} retry={() => window.location.reload()} />;
  }
}
