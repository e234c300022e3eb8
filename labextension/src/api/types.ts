import type { components } from './schema';

type Schemas = components['schemas'];

/** One supervised app, as the service sees it now. */
export type App = Schemas['App'];
/** What an app says of itself that people should know. */
export type Note = Schemas['Note'];
/** One line of the event log. */
export type RestartEvent = Schemas['Event'];
/** Events after a seq, and where to go on. */
export type Events = Schemas['Events'];
/** Everything the panel shows, made at one moment. */
export type Snapshot = Schemas['Snapshot'];
/** The machine at one moment, in bytes. */
export type Resources = Schemas['Resources'];
/** What comes, and what a restart would do. */
export type Plan = Schemas['Plan'];
/** What comes for one app. */
export type AppPlan = Schemas['AppPlan'];
/** The answer to a command that was taken. */
export type Accepted = Schemas['Accepted'];
/** One tab's answer to `restart.draining`. */
export type Drained = Schemas['Drained'];
/** A document that could not be saved, and why. */
export type Unsaved = Schemas['Unsaved'];
/** A prompt that is kept outside of its app's queue, and why. */
export type KeptPrompt = Schemas['KeptPrompt'];
/** Prompts that are kept. */
export type PromptsKept = Schemas['PromptsKept'];
/** What came of an order about kept prompts. */
export type HandledPrompts = Schemas['HandledPrompts'];
/** The step a restart is in. */
export type RestartStep = Schemas['RestartStep'];
/** Why a restart happened. */
export type Reason = Schemas['Reason'];
/** Where an app is. */
export type AppState = Schemas['AppState'];
