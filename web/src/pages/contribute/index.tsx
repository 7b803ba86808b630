export default function Contribute() {
  return null;
}
