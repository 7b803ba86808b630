// Only the marks that charts use, so that a build leaves out the rest of Observable Plot. Add others here.
export {
  areaY,
  barX,
  cell,
  dot,
  line,
  plot,
  pointer,
  pointerX,
  rectX,
  rectY,
  ruleX,
  ruleY,
  text,
  tickX,
  tip,
} from "@observablehq/plot";
