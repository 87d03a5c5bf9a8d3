"use strict";

// A day so many days from today, as a field of a date takes it; nothing for no bound.
function day(offset) {
  if (offset === "") return "";
  const at = new Date();
  at.setDate(at.getDate() + Number(offset));
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

function fill(field, value) {
  field.type = "date";
  field.value = value;
}

for (const preset of document.querySelectorAll(".preset")) {
  preset.addEventListener("click", () => {
    const { name, first, last } = preset.dataset;
    const fields = preset.form.elements;
    fill(fields[`${name}_from`], day(first));
    fill(fields[`${name}_to`], day(last));
  });
}

// An address stays short: what was left empty is not a filter.
for (const form of document.querySelectorAll("form.question")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) field.disabled ||= field.name !== "" && field.value === "";
  });
}

// A menu closes when one goes elsewhere, by Escape or by a click beside it.
const menus = [...document.querySelectorAll("details.menu")];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus.filter((each) => each.open)) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const isElsewhere = (menu) => !menu.contains(event.target) && !event.target.closest(".select2-container");
  if (document.contains(event.target)) menus.filter(isElsewhere).forEach((menu) => (menu.open = false));
});
