import type { ReactNode } from "react";
import { isEnum } from "./conditions";
import { FactorPicker, MultiFactorPicker } from "./factor-picker";
import { Field } from "./field";
import { LIST_FIELDS, MORE_FIELDS, type Profile, type ProfileProblems } from "./profile";

const NOT_SPECIFIED = "Not specified";

interface ProfileFormProps {
  profile: Profile;
  onChange: (profile: Profile) => void;
  problems: ProfileProblems;
  /** Fields before those of the job. */
  children?: ReactNode;
}

/** The job and its place: what pay depends on most. */
export function WorkFields({ profile, onChange, problems, children }: ProfileFormProps) {
  const change = (part: Partial<Profile>) => onChange({ ...profile, ...part });
  return (
    <fieldset className="form-group">
      <legend>The job</legend>
      {children}
      <FactorPicker
        factor="ROLE"
        label="Role"
        required
        value={profile.role}
        error={problems.role}
        onChange={(role) => change({ role })}
      />
      <FactorPicker
        factor="LEVEL"
        label="Level"
        none={NOT_SPECIFIED}
        value={profile.level}
        onChange={(level) => change({ level })}
      />
      <Field label="Years of experience" error={problems.experience}>
        {(control) => (
          <input
            {...control}
            inputMode="numeric"
            value={profile.experience}
            onChange={(event) => change({ experience: event.target.value })}
          />
        )}
      </Field>
      <FactorPicker
        factor="COUNTRY"
        label="Country"
        required
        hint="Where you work from"
        value={profile.country}
        error={problems.country}
        onChange={(country) => change({ country, subdivision: null, metro: null })}
      />
      <FactorPicker
        factor="SUBDIVISION"
        label="State or region"
        hint="Implied by the metropolitan area"
        under={profile.country}
        value={profile.subdivision}
        onChange={(subdivision) => change({ subdivision, metro: null })}
      />
      <FactorPicker
        factor="METRO"
        label="Metro area"
        under={profile.subdivision ?? profile.country}
        value={profile.metro}
        onChange={(metro) => change({ metro })}
      />
    </fieldset>
  );
}

/** The other factors of pay, collapsed by default. */
export function MoreFields({ profile, onChange }: Omit<ProfileFormProps, "problems" | "children">) {
  return (
    <details className="form-more">
      <summary>More about you and the employer</summary>
      <p className="quiet">
        The more you enter, the more similar are the records in the comparison. Conditions that leave too few records
        are dropped, and the result says which.
      </p>
      <div className="form-group">
        {MORE_FIELDS.map(({ name, ...field }) => (
          <FactorPicker
            key={name}
            {...field}
            none={isEnum(field.factor) ? NOT_SPECIFIED : undefined}
            value={profile[name]}
            onChange={(code) => onChange({ ...profile, [name]: code })}
          />
        ))}
        {LIST_FIELDS.map(({ name, ...field }) => (
          <MultiFactorPicker
            key={name}
            {...field}
            values={profile[name]}
            onChange={(codes) => onChange({ ...profile, [name]: codes })}
          />
        ))}
      </div>
    </details>
  );
}
