"use strict";

// Beside what is shown once, a button that copies it; without a script it is selected by hand.
for (const shown of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = shown.dataset.copy;
  button.setAttribute("aria-describedby", shown.getAttribute("aria-labelledby"));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(shown.textContent);
    button.textContent = shown.dataset.copied;
    setTimeout(() => { button.textContent = shown.dataset.copy; }, 1500);
  });
  shown.after(button);
}
