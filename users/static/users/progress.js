"use strict";

// Bars of jobs that are under way move; a page about one job is shown anew once it has ended.
const { address } = document.currentScript.dataset;
const UNDER_WAY = ["queued", "running"];
const EVERY = 1500; // milliseconds

function waiting() {
  const shown = [...document.querySelectorAll(".progress")];
  return shown.filter((each) => UNDER_WAY.includes(each.dataset.state));
}

async function look() {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const jobs = await answer.json();
  let hasEnded = false;
  for (const shown of waiting()) {
    const job = jobs[shown.dataset.job];
    if (!job) continue;
    shown.dataset.state = job.state;
    shown.querySelector("progress").value = job.percent;
    shown.querySelector(".words").textContent = job.words;
    hasEnded ||= !UNDER_WAY.includes(job.state);
  }
  if (hasEnded) location.reload();
  else if (waiting().length) setTimeout(look, EVERY);
}

addEventListener("DOMContentLoaded", () => waiting().length && setTimeout(look, EVERY));
