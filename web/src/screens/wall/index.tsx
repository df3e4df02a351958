export default function Wall() {
  return <h1>…</h1>;
}
