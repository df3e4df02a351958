// The token stands in the fragment of the link: it is in no log of any server on the way.
const form = document.getElementById('owner');
const answer = document.getElementById('answer');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  const body = { token, userId: form.user.value, title: form.title.value, password: form.password.value };
  const response = await fetch('/v1/access:createOwner', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const told = await response.json();
  if (!response.ok) {
    answer.textContent = told.message;
    return;
  }
  history.replaceState(null, '', '/setup');
  location.assign('/');
});
