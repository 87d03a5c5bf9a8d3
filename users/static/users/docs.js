/* The documentation: one tab for each language, the same everywhere, and code that copies itself. */
"use strict";

const CHOSEN = "usersvc.docs.language";

function remembered() {
  try { return localStorage.getItem(CHOSEN); } catch { return null; }
}

function remember(language) {
  try { localStorage.setItem(CHOSEN, language); } catch { /* it is chosen on this page only */ }
}

function runs() {
  const found = [];
  for (const figure of document.querySelectorAll("figure.code")) {
    const before = figure.previousElementSibling;
    if (before && before.matches("figure.code")) found.at(-1).push(figure);
    else found.push([figure]);
  }
  return found.filter((run) => run.length > 1);
}

function tab(figure, number, place) {
  const button = document.createElement("button");
  button.type = "button";
  button.role = "tab";
  button.id = `tab-${number}-${place}`;
  button.textContent = button.dataset.language = figure.dataset.language;
  figure.id = `code-${number}-${place}`;
  figure.setAttribute("role", "tabpanel");
  figure.setAttribute("aria-labelledby", button.id);
  button.setAttribute("aria-controls", figure.id);
  return button;
}

function choose(language) {
  for (const list of document.querySelectorAll(".tabs")) {
    const tabs = [...list.querySelectorAll("[role=tab]")];
    const chosen = tabs.find((each) => each.dataset.language === language) || tabs[0];
    for (const each of tabs) {
      each.setAttribute("aria-selected", String(each === chosen));
      each.tabIndex = each === chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = each !== chosen;
    }
  }
}

function move(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

runs().forEach((run, number) => {
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Languages");
  list.append(...run.map((figure, place) => tab(figure, number, place)));
  list.addEventListener("keydown", move);
  list.addEventListener("click", (event) => {
    const { language } = event.target.dataset;
    if (!language) return;
    remember(language);
    choose(language);
  });
  run[0].before(list);
  run.forEach((figure) => figure.classList.add("tabbed"));
});
choose(remembered());

for (const figure of document.querySelectorAll("figure.code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  figure.append(button);
}

const narrow = matchMedia("(max-width: 60rem)");
const menu = document.querySelector("details.pages");
const fold = () => { menu.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
