// The marks that charts draw with, by name, so that a build leaves the others of Observable Plot out. Another mark is added here.
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
  tip,
} from "@observablehq/plot";
