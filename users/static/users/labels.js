"use strict";

// Fields that look things up hide the select that has the label: what stands in for it needs one.
function label(select) {
  const words = select.labels?.[0]?.textContent.trim().replace(/:$/, "") || select.name;
  const shown = select.nextElementSibling;
  if (!shown?.matches(".select2-container")) return;
  for (const each of shown.querySelectorAll("[role=combobox], [role=textbox], input")) {
    each.setAttribute("aria-label", words);
    each.removeAttribute("aria-labelledby");
  }
}

// A box at the end of a row has the title of its column alone.
function labelBox(box) {
  const row = box.closest("tr").querySelector("td.original p")?.textContent.trim() ?? "";
  box.setAttribute("aria-label", `Delete ${row}`.trim());
}

function labelAll() {
  document.querySelectorAll("select.admin-autocomplete").forEach(label);
  document.querySelectorAll("td.delete input[type=checkbox]").forEach(labelBox);
}

// Django's icon beside a filter of choices has a label, which a span without a role may not have.
window.addEventListener("load", () => {
  for (const each of document.querySelectorAll(".help-tooltip[aria-label]")) each.setAttribute("role", "img");
});

// After the one that makes them, which jQuery was given before this script ran.
window.django?.jQuery?.(labelAll);
document.addEventListener("formset:added", () => setTimeout(labelAll));
