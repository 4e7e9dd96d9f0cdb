// What the pages of broadcasts do by themselves. Everything works without this file, too: by a button or a link.
"use strict";

// The text on the phone, while it is written: the console draws it, so there is one rule for what phones show.
for (const area of document.querySelectorAll("textarea[data-look]")) {
  const phone = document.getElementById("phone_" + area.dataset.language);
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked;
    const fields = new URLSearchParams({
      csrf_token: area.form.elements.csrf_token.value,
      language: area.dataset.language,
      numbers: area.dataset.numbers,
    });
    fields.set("text_" + area.dataset.language, area.value);
    try {
      const reply = await fetch(area.dataset.look, {method: "POST", body: fields, redirect: "error"});
      const drawn = await reply.text();
      if (reply.ok && mine === asked) phone.innerHTML = drawn;
    } catch {
      // no connection, or the session has ended: the button "show it on the phone" says so
    }
  };
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 300);
  });
}

// Until when it can be undone, counted down from the seconds that the console says.
const count = () => {
  for (const place of document.querySelectorAll("[data-left]")) {
    place.dataset.ends ||= Date.now() + 1000 * place.dataset.left;
    const left = Math.max(0, Math.round((place.dataset.ends - Date.now()) / 1000));
    place.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
  }
};
count();
setInterval(count, 1000);

// The progress, read anew while something waits or a report is missing, for ten minutes after the last key or click: so a page that nobody
// looks at does not keep a session open. A button that has the focus keeps it.
let touched = Date.now();
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { touched = Date.now(); });
const refresh = async () => {
  const live = document.getElementById("live");
  if (!live?.dataset.refresh) return;
  setTimeout(refresh, Number(live.dataset.refresh));
  if (Date.now() - touched > 600000 || live.contains(document.activeElement)) return;
  try {
    const reply = await fetch(location.href, {redirect: "error"});
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.getElementById("live");
    if (reply.ok && fresh) live.replaceWith(document.adoptNode(fresh));
    count();
  } catch {
    // no connection, or the session has ended: the link "look again" stays
  }
};
setTimeout(refresh, 3000);
