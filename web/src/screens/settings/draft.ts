import type { Settings } from "@gen/flowdesk/v1/resource_settings_pb";
import { SettingsService } from "@gen/flowdesk/v1/settings_service_pb";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { isConflict } from "@/api/problem";
import { client } from "@/api/transport";
import { changedOf, packed, rebase, take, unpacked } from "./rebase";

const stored = "flowdesk.settings";

/** Conflict is what somebody else saved while the draft was written, and the fields that both changed. */
export interface Conflict {
  theirs: Settings;
  both: string[];
}

/** Draft is the settings as they stand on screen. */
export interface Draft {
  /** The settings with the changes on screen; undefined until they are read. */
  value: Settings | undefined;
  /** Fields that are not saved. */
  changed: string[];
  /** True when unsaved changes of an earlier visit were taken up. */
  restored: boolean;
  conflict: Conflict | undefined;
  error: unknown;
  saving: boolean;
  edit: (next: Settings) => void;
  save: () => Promise<boolean>;
  discard: () => void;
  /** Takes the other one's value of a field. */
  takeTheirs: (field: string) => void;
  /** Keeps mine of all fields that are still in conflict. */
  keepMine: () => void;
  reload: () => void;
}

const read = async () => (await client(SettingsService).getSettings({ storedOnly: true })).settings;

/**
 * useDraft keeps what was changed in the settings and not saved, also over leaving the page, and saves only those fields. When somebody
 * else saved meanwhile, both people's changes are kept, and fields that both changed are put to the reader.
 */
export function useDraft(): Draft {
  const queries = useQueryClient();
  const [base, setBase] = useState<Settings>();
  const [value, setValue] = useState<Settings>();
  const [restored, setRestored] = useState(false);
  const [conflict, setConflict] = useState<Conflict>();
  const [error, setError] = useState<unknown>();
  const [saving, setSaving] = useState(false);

  const load = useCallback(async () => {
    setError(undefined);
    try {
      const now = await read();
      if (!now) return;
      const kept = recall(now);
      setBase(now);
      setValue(kept ?? now);
      setRestored(kept !== undefined);
    } catch (failure) {
      setError(failure);
    }
  }, []);
  useEffect(() => void load(), [load]);

  const changed = base && value ? changedOf(base, value) : [];
  const put = (next: Settings, on = base) => {
    setValue(next);
    if (on && changedOf(on, next).length > 0) localStorage.setItem(stored, packed(on, next));
    else localStorage.removeItem(stored);
  };
  const meet = async () => {
    if (!base || !value) return;
    const theirs = await read();
    if (!theirs) return;
    const { draft, both } = rebase(base, value, theirs);
    setBase(theirs);
    put(draft, theirs);
    setConflict({ theirs, both });
  };
  return {
    value,
    changed,
    restored,
    conflict,
    error,
    saving,
    edit: (next) => put(next),
    save: async () => {
      if (!base || !value) return false;
      setSaving(true);
      setError(undefined);
      try {
        await client(SettingsService).updateSettings({
          settings: { ...value, etag: base.etag },
          updateMask: { paths: changed },
        });
        const now = await read();
        localStorage.removeItem(stored);
        setBase(now);
        setValue(now);
        setRestored(false);
        setConflict(undefined);
        await queries.invalidateQueries();
        return true;
      } catch (failure) {
        if (isConflict(failure)) await meet().catch(setError);
        else setError(failure);
        return false;
      } finally {
        setSaving(false);
      }
    },
    discard: () => {
      if (base) put(base);
      setRestored(false);
      setConflict(undefined);
      setError(undefined);
    },
    takeTheirs: (field) => {
      if (!value || !conflict) return;
      put(take(value, conflict.theirs, [field]));
      setConflict({ ...conflict, both: conflict.both.filter((name) => name !== field) });
    },
    keepMine: () => setConflict(undefined),
    reload: () => void load(),
  };
}

function recall(now: Settings): Settings | undefined {
  const text = localStorage.getItem(stored);
  if (!text) return undefined;
  try {
    const draft = unpacked(now, text);
    if (changedOf(now, draft).length > 0) return draft;
  } catch {
    // Kept by an older version of the page: it cannot be read any more.
  }
  localStorage.removeItem(stored);
  return undefined;
}
