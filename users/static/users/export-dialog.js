"use strict";

// A line of the choice of columns moves by its buttons; its place follows.
const body = document.querySelector(".own tbody");

function number() {
  [...body.rows].forEach((row, index) => {
    row.querySelector("input[type=number]").value = index + 1;
  });
}

for (const cell of body.querySelectorAll(".moves")) cell.hidden = false;

body.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-move]");
  if (!button) return;
  const row = button.closest("tr");
  const up = button.dataset.move === "-1";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (up) other.before(row);
  else other.after(row);
  number();
  button.focus();
});
