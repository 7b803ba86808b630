/** Makes a drawn picture one that can be read out: as a whole, or by the links in it where it has some. */
export function readable(svg: SVGSVGElement | HTMLElement, summary: string) {
  for (const inline of svg.querySelectorAll("style")) inline.remove(); // styles/parts.css has them: the policy takes none inline
  const links = svg.querySelectorAll("a");
  for (const link of links) {
    const named = link.querySelector("[aria-label]")?.getAttribute("aria-label");
    const target = link.getAttribute("xlink:href");
    if (target) link.setAttribute("href", target);
    link.removeAttribute("xlink:href");
    if (named) link.setAttribute("aria-label", named);
  }
  for (const part of svg.querySelectorAll("[aria-label]:not(a)")) part.removeAttribute("aria-label");
  for (const text of svg.querySelectorAll("text")) if (links.length && !text.closest("a")) text.setAttribute("aria-hidden", "true"); // links say it all
  svg.setAttribute("role", links.length ? "group" : "img");
  svg.setAttribute("aria-label", summary);
}
