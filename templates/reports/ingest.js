const form = document.getElementById("filters"), where = document.getElementById("where");
let marks = [], at = -1;
function values(name) { return new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map(box => box.value)); }
function filter() {
  const sure = values("sure"), rule = values("rule");
  document.body.classList.add("filtered");
  document.body.classList.toggle("whole", document.getElementById("same").checked);
  for (const mark of document.querySelectorAll("del,ins"))
    mark.classList.toggle("off", !(sure.has(mark.dataset.sure) && rule.has(mark.dataset.rule)));
  marks = [...document.querySelectorAll("ins:not(.off)")].filter(mark => mark.dataset.rule !== "line-end");
  at = -1; where.textContent = `${marks.length} changes`;
}
function go(step) {
  if (!marks.length) return;
  document.querySelectorAll(".now").forEach(mark => mark.classList.remove("now"));
  at = (at + step + marks.length) % marks.length;
  marks[at].classList.add("now"); marks[at].scrollIntoView({ block: "center" });
  where.textContent = `${at + 1} of ${marks.length}: ${marks[at].title}`;
}
form.addEventListener("change", filter);
document.getElementById("next").addEventListener("click", () => go(1));
document.getElementById("previous").addEventListener("click", () => go(-1));
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=text]")) return;
  if (event.key === "n") go(1); else if (event.key === "p") go(-1);
});
filter();
