// A table that is wider than the page scrolls: by the keyboard too, if it can have the focus.
// The theme puts the elements around tables when it shows a page.
addEventListener("load", () => {
  const look = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) look.observe(table);
});
