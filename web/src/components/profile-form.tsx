import type { ReactNode } from "react";
import { ValuePicker, ValuesPicker } from "./factor-picker";
import { Field } from "./field";
import type { Profile, ProfileProblems } from "./profile";

interface ProfileFormProps {
  profile: Profile;
  onChange: (profile: Profile) => void;
  problems: ProfileProblems;
  /** Fields that come before those of the work. */
  children?: ReactNode;
}

/** The work and the place: what pay depends on most. */
export function WorkFields({ profile, onChange, problems, children }: ProfileFormProps) {
  const change = (part: Partial<Profile>) => onChange({ ...profile, ...part });
  return (
    <fieldset className="form-group">
      <legend>The work</legend>
      {children}
      <ValuePicker
        factor="ROLE"
        label="Role"
        required
        value={profile.role}
        error={problems.role}
        onChange={(role) => change({ role })}
      />
      <ValuePicker factor="LEVEL" label="Level" value={profile.level} onChange={(level) => change({ level })} />
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
      <ValuePicker
        factor="COUNTRY"
        label="Country"
        required
        hint="Where you work from"
        value={profile.country}
        error={problems.country}
        onChange={(country) => change({ country, subdivision: null, metro: null })}
      />
      <ValuePicker
        factor="SUBDIVISION"
        label="State or region"
        hint="A metropolitan area brings its own"
        under={profile.country}
        value={profile.subdivision}
        onChange={(subdivision) => change({ subdivision, metro: null })}
      />
      <ValuePicker
        factor="METRO"
        label="Metropolitan area"
        under={profile.subdivision ?? profile.country}
        value={profile.metro}
        onChange={(metro) => change({ metro })}
      />
    </fieldset>
  );
}

/** All else that pay depends on, folded away as long as nobody asks for it. */
export function MoreFields({ profile, onChange }: Omit<ProfileFormProps, "problems" | "children">) {
  const change = (part: Partial<Profile>) => onChange({ ...profile, ...part });
  return (
    <details className="form-more">
      <summary>More about you and the employer</summary>
      <p className="quiet">
        The more is told, the more alike are the records that it is compared with. What leaves too few of them is
        dropped again, and you see which.
      </p>
      <div className="form-group">
        <ValuePicker
          factor="EDUCATION"
          label="Highest degree"
          value={profile.education}
          onChange={(education) => change({ education })}
        />
        <ValuePicker
          factor="WORK_MODE"
          label="On site or remote"
          value={profile.workMode}
          onChange={(workMode) => change({ workMode })}
        />
        <ValuePicker
          factor="EMPLOYMENT_TYPE"
          label="Contract"
          value={profile.employmentType}
          onChange={(employmentType) => change({ employmentType })}
        />
        <ValuePicker
          factor="INDUSTRY"
          label="Industry"
          value={profile.industry}
          onChange={(industry) => change({ industry })}
        />
        <ValuePicker
          factor="EMPLOYER_TYPE"
          label="Kind of employer"
          value={profile.employerType}
          onChange={(employerType) => change({ employerType })}
        />
        <ValuePicker
          factor="EMPLOYER_SIZE"
          label="Size of employer"
          value={profile.employerSize}
          onChange={(employerSize) => change({ employerSize })}
        />
        <ValuePicker
          factor="EMPLOYER"
          label="Employer"
          hint="Only those that enough records name"
          value={profile.employer}
          onChange={(employer) => change({ employer })}
        />
        <ValuesPicker
          factor="SPECIALIZATION"
          label="Fields of machine learning"
          values={profile.specializations}
          onChange={(specializations) => change({ specializations })}
        />
        <ValuesPicker
          factor="SKILL"
          label="Languages and tools"
          values={profile.skills}
          onChange={(skills) => change({ skills })}
        />
        <ValuesPicker
          factor="CERTIFICATION"
          label="Certificates"
          values={profile.certifications}
          onChange={(certifications) => change({ certifications })}
        />
      </div>
    </details>
  );
}
