/* Code in several languages becomes tabs that remember the language; any code can be copied. */
"use strict";
{
  const KEY = "docs-language";
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem(KEY, language); } catch { /* not kept */ } };

  function copyButton(figure) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${figure.querySelector("figcaption").textContent}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(figure.querySelector("code").textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    figure.append(button);
  }

  function choose(language) {
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const chosen = tab.dataset.language === language;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
  }

  /* The text below may change its height: the tabs stay where they are under the finger. */
  function press(tab) {
    const before = tab.getBoundingClientRect().top;
    choose(tab.dataset.language);
    remember(tab.dataset.language);
    window.scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  }

  function tabOf(figure) {
    const tab = document.createElement("button");
    const language = figure.dataset.language;
    figure.id = `${figure.dataset.group}-${language}`.toLowerCase();
    figure.setAttribute("role", "tabpanel");
    tab.id = `${figure.id}-tab`;
    figure.setAttribute("aria-labelledby", tab.id);
    tab.type = "button";
    tab.textContent = language;
    tab.dataset.language = language;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", figure.id);
    tab.addEventListener("click", () => press(tab));
    return tab;
  }

  function arrows(event) {
    const tabs = [...event.currentTarget.children];
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const goal = { Home: 0, End: tabs.length - 1 }[event.key]
      ?? (event.key in steps ? (tabs.indexOf(event.target) + steps[event.key] + tabs.length) % tabs.length : null);
    if (goal === null) return;
    event.preventDefault();
    tabs[goal].focus();
    press(tabs[goal]);
  }

  function together(group) {
    const figures = [...document.querySelectorAll(`figure[data-group="${group}"]`)];
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    list.append(...figures.map(tabOf));
    list.addEventListener("keydown", arrows);
    figures[0].before(list);
    return figures.map((figure) => figure.dataset.language);
  }

  document.querySelectorAll("figure.code").forEach(copyButton);
  const groups = new Set([...document.querySelectorAll("figure[data-group]")].map((each) => each.dataset.group));
  const languages = [...groups].flatMap(together);
  if (languages.length) choose(languages.includes(remembered()) ? remembered() : languages[0]);
}
