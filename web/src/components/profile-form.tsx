import type { ReactNode } from "react";
import { FactorPicker, MultiFactorPicker } from "./factor-picker";
import { Field } from "./field";
import type { Profile, ProfileProblems } from "./profile";

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
      <FactorPicker factor="LEVEL" label="Level" value={profile.level} onChange={(level) => change({ level })} />
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
        label="Metropolitan area"
        under={profile.subdivision ?? profile.country}
        value={profile.metro}
        onChange={(metro) => change({ metro })}
      />
    </fieldset>
  );
}

/** The other factors of pay, collapsed by default. */
export function MoreFields({ profile, onChange }: Omit<ProfileFormProps, "problems" | "children">) {
  const change = (part: Partial<Profile>) => onChange({ ...profile, ...part });
  return (
    <details className="form-more">
      <summary>More about you and the employer</summary>
      <p className="quiet">
        The more you enter, the more similar are the records in the comparison. Conditions that leave too few records
        are dropped, and the result says which.
      </p>
      <div className="form-group">
        <FactorPicker
          factor="EDUCATION"
          label="Highest degree"
          value={profile.education}
          onChange={(education) => change({ education })}
        />
        <FactorPicker
          factor="WORK_MODE"
          label="On site or remote"
          value={profile.workMode}
          onChange={(workMode) => change({ workMode })}
        />
        <FactorPicker
          factor="EMPLOYMENT_TYPE"
          label="Employment type"
          value={profile.employmentType}
          onChange={(employmentType) => change({ employmentType })}
        />
        <FactorPicker
          factor="INDUSTRY"
          label="Industry"
          value={profile.industry}
          onChange={(industry) => change({ industry })}
        />
        <FactorPicker
          factor="EMPLOYER_TYPE"
          label="Employer type"
          value={profile.employerType}
          onChange={(employerType) => change({ employerType })}
        />
        <FactorPicker
          factor="EMPLOYER_SIZE"
          label="Employer size"
          value={profile.employerSize}
          onChange={(employerSize) => change({ employerSize })}
        />
        <FactorPicker
          factor="EMPLOYER"
          label="Employer"
          hint="Employers with enough records"
          value={profile.employer}
          onChange={(employer) => change({ employer })}
        />
        <MultiFactorPicker
          factor="SPECIALIZATION"
          label="Fields of machine learning"
          values={profile.specializations}
          onChange={(specializations) => change({ specializations })}
        />
        <MultiFactorPicker
          factor="SKILL"
          label="Languages and tools"
          values={profile.skills}
          onChange={(skills) => change({ skills })}
        />
        <MultiFactorPicker
          factor="CERTIFICATION"
          label="Certifications"
          values={profile.certifications}
          onChange={(certifications) => change({ certifications })}
        />
      </div>
    </details>
  );
}
