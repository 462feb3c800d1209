// Where the labels of limits go, so that those that lie near each other can all be read.

// `wanted` are the heights at which labels would stand; the same in that order, at least `apart` from each other and between
// `top` and `bottom` where there is room for all.
export function spread(wanted, apart, top, bottom) {
  const order = wanted.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height || a.index - b.index);
  let least = top;
  for (const label of order) {
    label.height = Math.max(label.height, least);
    least = label.height + apart;
  }
  let most = bottom;
  for (const label of order.reverse()) {
    label.height = Math.min(label.height, most);
    most = label.height - apart;
  }
  const found = [];
  for (const { height, index } of order) found[index] = height;
  return found;
}
