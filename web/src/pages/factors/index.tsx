export default function Factors() {
  return null;
}
