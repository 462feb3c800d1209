// The screens there are, in the order of their keys. A new one is added here and nowhere else.
import { counts } from "../store/attention.js";
import { modes, quarantined } from "../store/live.js";
import { Alarms } from "../screens/alarms.js";
import { Devices } from "../screens/devices.js";
import { Doors } from "../screens/doors.js";
import { Equipment } from "../screens/equipment.js";
import { Figures } from "../screens/figures.js";
import { Log } from "../screens/log.js";
import { Modes } from "../screens/modes.js";
import { Orders } from "../screens/orders.js";
import { Outbox } from "../screens/outbox.js";
import { Overview } from "../screens/overview.js";
import { Quarantine } from "../screens/quarantine.js";
import { Tours } from "../screens/tours.js";

export const SCREENS = [
  { id: "overview", word: "nav.overview", draw: Overview, icon: "M3 3h8v8H3zM13 3h8v5h-8zM13 10h8v11h-8zM3 13h8v8H3z" },
  {
    id: "alarms", word: "nav.alarms", draw: Alarms, badge: () => counts.value.unacked,
    icon: "M12 2a7 7 0 0 1 7 7v6l2 3H3l2-3V9a7 7 0 0 1 7-7zM9.500 19.500h5a2.500 2.500 0 0 1-5 0z",
  },
  { id: "tours", word: "nav.tours", draw: Tours, icon: "M5 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6zm14 10a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 6h6a4 4 0 0 1 0 8h-4a2 2 0 0 0 0 4h6v2h-6a4 4 0 0 1 0-8h4a2 2 0 0 0 0-4H8z" },
  { id: "doors", word: "nav.doors", draw: Doors, icon: "M5 2h14v20H5zm2 2v16h10V4zm7 7h2v3h-2z" },
  { id: "equipment", word: "nav.equipment", draw: Equipment, icon: "M2 19h20v2H2zM3 13l5-5 4 4 8-9 1.500 1.300L12 15l-4-4-3.600 3.600z" },
  { id: "orders", word: "nav.orders", draw: Orders, badge: () => counts.value.orders, icon: "M6 2h12v20H6zm2 2v16h8V4zm1 3h6v2H9zm0 4h6v2H9zm0 4h4v2H9z" },
  { id: "devices", word: "nav.devices", draw: Devices, badge: () => counts.value.offline, icon: "M4 5h16v10H4zm2 2v6h12V7zM2 17h20v2H2z" },
  { id: "quarantine", word: "nav.quarantine", draw: Quarantine, badge: () => quarantined.value, icon: "M12 2l9 4v6c0 5-3.800 8.700-9 10-5.200-1.300-9-5-9-10V6zm0 2.200L5 7.300V12c0 3.700 2.700 6.600 7 7.900 4.300-1.300 7-4.200 7-7.900V7.300zM11 8h2v5h-2zm0 6.500h2v2h-2z" },
  { id: "outbox", word: "nav.outbox", draw: Outbox, icon: "M2 5h20v14H2zm2.500 2 7.500 5.500L19.500 7zM4 8.800V17h16V8.800l-8 5.900z" },
  { id: "log", word: "nav.log", draw: Log, icon: "M4 3h14l2 2v16H4zm2 2v14h12V5zm2 2h8v2H8zm0 4h8v2H8zm0 4h5v2H8z" },
  { id: "modes", word: "nav.modes", draw: Modes, badge: () => modes.value.size, icon: "M14 3a6 6 0 0 1 6.600 8.200l-3.300-3.300-2.400.600-.600 2.400 3.300 3.300A6 6 0 0 1 10 8.500zM9.500 11 13 14.500 6.500 21 3 17.500z" },
  { id: "figures", word: "nav.figures", draw: Figures, icon: "M3 20h18v2H3zM4 12h4v7H4zm6-6h4v13h-4zm6 3h4v10h-4z" },
];

// The keys 1 to 9 and 0; a screen beyond has none.
export const keyOf = (index) => (index < 10 ? String((index + 1) % 10) : null);

export const screenOf = (id) => SCREENS.find((screen) => screen.id === id) ?? SCREENS[0];
