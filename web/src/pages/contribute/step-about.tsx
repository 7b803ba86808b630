import { Line, Pick, PickMany, Score } from "./asks";

export function StepAbout() {
  return (
    <>
      <p className="ask-wide quiet">All of this is optional. Each answer helps to tell what raises pay, and is published only where enough others give it too.</p>
      <Pick name="education" factor="EDUCATION" />
      <Pick name="fieldOfStudy" factor="FIELD_OF_STUDY" />
      <PickMany name="skills" factor="SKILL" hint="Those that you use in this job." />
      <PickMany name="certifications" factor="CERTIFICATION" />
      <Line name="employer" hint="Published only with enough others who name it too." />
      <Pick name="industry" factor="INDUSTRY" />
      <Pick name="employerSize" factor="EMPLOYER_SIZE" />
      <Pick name="employerType" factor="EMPLOYER_TYPE" />
      <Score name="jobSatisfaction" low="low" high="high" />
      <Score name="careerGrowth" low="little" high="much" />
      <Score name="workLifeBalance" low="bad" high="good" />
    </>
  );
}
