/**
 * Terminal configurations: where offline mode is switched on.
 * @see https://docs.stripe.com/terminal/fleet/offline-mode
 * @see https://docs.stripe.com/api/terminal/configuration
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter } from "./api_error.ts";
import type { Call } from "./call.ts";
import { type ListPage, readPageQuery } from "./collection.ts";
import type { FormValue } from "./form.ts";
import type { ParameterReader } from "./parameters.ts";

type Configuration = Stripe.Terminal.Configuration;

/** Sections that are kept as they are given. */
const SECTIONS = [
  "bbpos_wisepad3",
  "bbpos_wisepos_e",
  "cellular",
  "reader_security",
  "reboot_window",
  "stripe_s700",
  "stripe_s710",
  "stripe_t600",
  "tipping",
  "verifone_m425",
  "verifone_p400",
  "verifone_p630",
  "verifone_ux700",
  "verifone_v660p",
  "wifi",
] as const;

/** Creates a configuration. */
export function createConfiguration(call: Call): Configuration {
  const { parameters, state, mode } = call;
  const name = parameters.text("name") ?? null;
  const sections = readSections(parameters);
  parameters.done();
  return mode.configurations.add({
    id: state.ids.short("tmc_"),
    object: "terminal.configuration",
    is_account_default: false,
    livemode: mode.livemode,
    name,
    ...sections,
  });
}

/** Returns the configuration of the path. */
export function retrieveConfiguration(call: Call): Configuration {
  call.parameters.done();
  return call.mode.configurations.get(call.id);
}

/** Changes a configuration, section by section. */
export function updateConfiguration(call: Call): Configuration {
  const { parameters, mode } = call;
  const name = parameters.text("name");
  const sections = readSections(parameters);
  parameters.done();
  const configuration = mode.configurations.get(call.id);
  if (name !== undefined) configuration.name = name;
  return Object.assign(configuration, sections);
}

/** Deletes a configuration that no location uses. */
export function deleteConfiguration(
  call: Call,
): Stripe.Terminal.DeletedConfiguration {
  call.parameters.done();
  const { mode } = call;
  for (const location of mode.locations) {
    if (location.configuration_overrides === call.id) {
      throw invalidParameter(
        "id",
        `The configuration is in use by location ${location.id}.`,
      );
    }
  }
  const { id, object } = mode.configurations.remove(call.id);
  return { id, object, deleted: true };
}

/** Returns a page of configurations. */
export function listConfigurations(call: Call): ListPage<Configuration> {
  const query = readPageQuery(call.parameters);
  const isDefault = call.parameters.flag("is_account_default");
  call.parameters.done();
  return call.mode.configurations.page(
    query,
    (configuration) =>
      isDefault === undefined || configuration.is_account_default === isDefault,
  );
}

function readSections(parameters: ParameterReader): Partial<Configuration> {
  const sections: Record<string, unknown> = {};
  const offline = parameters.record("offline");
  if (offline) {
    sections.offline = { enabled: offline.flag("enabled") ?? null };
    offline.done();
  } else if (parameters.value("offline") === "") {
    sections.offline = { enabled: null };
  }
  for (const section of SECTIONS) {
    const value = parameters.value(section);
    if (value !== undefined) sections[section] = plain(value);
  }
  return sections;
}

/** Gives form values back the types they had before they were a form. */
function plain(value: FormValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object") {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([k, v]) => [k, plain(v)]));
  }
  if (value === "true" || value === "false") return value === "true";
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  return value === "" ? null : value;
}
